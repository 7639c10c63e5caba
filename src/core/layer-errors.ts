import { errno, SystemError } from '../host/index.ts';
import type { LayerId, ParentId } from './layer-id.ts';

/* What every driver answers about layers, under the errno that a system call would have. */

/** No layer with this id. */
export class UnknownLayerError extends SystemError {
  constructor(id: LayerId, operation: string) {
    super(errno.ENOENT, operation, id);
    this.message = `ENOENT: no such layer, ${operation} '${id}'`;
  }
}

/** A layer with this id is there already. */
export class LayerExistsError extends SystemError {
  constructor(id: LayerId) {
    super(errno.EEXIST, 'create layer', id);
    this.message = `EEXIST: layer exists already, create layer '${id}'`;
  }
}

/** The layer is held: mounted, or its directory given out. Nothing was changed. */
export class LayerBusyError extends SystemError {
  constructor(id: LayerId, operation: string, holders: number) {
    super(errno.EBUSY, operation, id);
    const who = holders > 0 ? `${holders} holder${holders === 1 ? '' : 's'}` : 'a mount that nobody here counts';
    this.message = `EBUSY: layer is in use by ${who}, ${operation} '${id}'; put it first`;
  }
}

/** What is on disk of a layer cannot be right. */
export class DamagedLayerError extends SystemError {
  constructor(id: ParentId, what: string) {
    super(errno.EIO, 'read layer', id);
    this.message = `EIO: layer '${id}' is damaged: ${what}; \`check --repair\` may mend it`;
  }
}
