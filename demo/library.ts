import { allDrivers, layerId, pathFromText, type ByteStream } from '../src/index.ts';
import { simHost } from '../src/sim/index.ts';

const host = simHost(); // or linuxHost() of graphdriver/host/linux
const { driver } = await allDrivers().new('overlay2', {
  host,
  root: pathFromText('/var/lib/graphdriver'),
  options: [],
  durability: 'none',
  warn: console.warn,
});

await driver.create(layerId('base'), '');
await driver.createReadWrite(layerId('container'), layerId('base'));
const merged = await driver.get(layerId('container'));
host.fs.mkdir(pathFromText(`${merged}/etc`), 0o755);
for (const { kind, path } of await driver.changes(layerId('container'), layerId('base'))) console.log(kind, path); // A /etc
// An OCI layer archive, chunk by chunk; Readable.from(keepable(layer)) makes it a stream of Node.
const layer: ByteStream = await driver.diff(layerId('container'), layerId('base'));
await driver.createFromDiff(layerId('committed'), layerId('base'), layer);
await driver.put(layerId('container'));

const another = host.machine.clone(); // a simulated machine is a value: clone it, compare it, store it
console.log(another.toText() === host.machine.toText());
