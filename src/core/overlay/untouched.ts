import type { Path } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import { Footprint } from '../overlay2/footprint.ts';
import type { Context } from './context.ts';
import type { Form } from './layers.ts';

/**
 * What is the same in the views of two layers: where both lie over one root, all that neither has touched. Two roots share
 * inodes instead, by which the comparison knows what is the same.
 */
export function untouchedBetween(
  { host, layers, kernel }: Context,
  newer: LayerId,
  older: LayerId,
): ((path: Path) => boolean) | undefined {
  const forms = [layers.formOf(newer), layers.formOf(older)] as const;
  const [above, below] = [rootBelow(newer, forms[0]), rootBelow(older, forms[1])];
  if (above !== below) return undefined;
  const uppers = forms.flatMap((form) => (form.kind === 'upper' ? [form.upper] : []));
  const footprint = new Footprint(host.fs, uppers, kernel.xattrs);
  return (path) => footprint.untouched(path);
}

function rootBelow(id: LayerId, form: Form): LayerId {
  return form.kind === 'root' ? id : form.lower;
}
