import { errno, SystemError } from '../../host/index.ts';
import type { LayerId } from '../layer-id.ts';
import { maxLowers } from './layout.ts';

export * from '../layer-errors.ts';
export * from '../mounts/mount-errors.ts';

/** A layer would have more layers below it than a mount can have. Nothing was created. */
export class MaxDepthError extends SystemError {
  constructor(id: LayerId, depth: number) {
    super(errno.EINVAL, 'create layer', id);
    this.message = `max depth exceeded: layer ${id} would have ${depth} layers below it, the limit is ${maxLowers}`;
  }
}
