/**
 * `peak.ts ROOT LAYER.tar`: applies a layer and writes it out again, as the command does, and prints the most memory that the
 * process has had, in bytes.
 */
import { diffSink, openOverlay2, readWhole } from './store.ts';
import { layerId } from '../../src/core/layer-id.ts';

const [root = '', tar = ''] = process.argv.slice(2);
const driver = await openOverlay2(root);
const id = layerId('peak');
await driver.createFromDiff(id, '', readWhole(tar));
await diffSink(driver, id);
await driver.remove(id);
console.log(process.resourceUsage().maxRSS * 1024);
