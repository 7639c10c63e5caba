import { errno } from '../../host/errno.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE, capable } from '../vfs/credentials.ts';
import { Dentry } from '../vfs/dentry.ts';
import type { FsContext } from '../vfs/fs-context.ts';
import { SB_RDONLY, SB_REQUESTED } from '../vfs/superblock.ts';
import { ENTRY_UPPER_ALIAS, ENTRY_XWHITEOUTS } from './flags.ts';
import { rootInode } from './get-inode.ts';
import { setUpIndex } from './index-directory.ts';
import { checkOverlaps } from './layer-checks.ts';
import { LayerPath, type LayerFilesystem } from './layer.ts';
import { opaqueMark } from './layer-xattr.ts';
import { setUpLower } from './lower-layers.ts';
import { setEntryFlag } from './overlay-inode.ts';
import { OverlaySuperblock, type OverlayFactory } from './overlay-superblock.ts';
import type { OverlayParameters } from './params.ts';
import { setUpUpper, setUpWork } from './upper-layer.ts';
import { setUpUuid } from './uuid.ts';
import { verifyConfig } from './verify-config.ts';

/** Makes the superblock that the options describe, and its root (ovl_fill_super). */
export function makeOverlay(
  context: FsContext,
  parameters: OverlayParameters,
  factory: OverlayFactory,
): OverlaySuperblock | number {
  const { kernel, type, userNamespace } = context;
  const { config, defaults, support } = parameters;
  const creator = parameters.creator ?? context.cred;
  const overlay = new OverlaySuperblock({
    kernel,
    type,
    factory,
    userNamespace,
    config,
    defaults,
    support,
    // Quotas of others and reserved space are not the mounter's to give away.
    creator: { ...creator, effective: creator.effective & ~(1 << CAP_SYS_RESOURCE) },
  });
  overlay.flags |= context.sbFlags & SB_REQUESTED;
  const answer = fill(overlay, parameters);
  if (answer === 0) return overlay;
  overlay.putSuper();
  return answer;
}

function fill(overlay: OverlaySuperblock, parameters: OverlayParameters): number {
  const { config, creator } = overlay;
  const verified = verifyConfig({
    config,
    named: parameters.named,
    dataLayers: parameters.dataLayers > 0,
    trusted: capable(creator, CAP_SYS_ADMIN),
    log: (message) => {
      overlay.log(message);
    },
  });
  if (verified < 0) return verified;
  // R2
  if (parameters.lower.length === 0) {
    overlay.log("missing 'lowerdir'");
    return -errno.EINVAL;
  }
  // Inode numbers of 32 bits, unless a layer says otherwise.
  overlay.xinoBits = config.xino === 'off' ? -1 : 32;
  const answer =
    setUpUpperSide(overlay, parameters) || setUpLower(overlay, parameters) || completeFeatures(overlay, parameters);
  if (answer < 0) return answer;
  overlay.root = makeRoot(overlay, parameters);
  return 0;
}

/** The upper layer and its work directory, where there are any. */
function setUpUpperSide(overlay: OverlaySuperblock, { upper, work }: OverlayParameters): number {
  const { config, kernel } = overlay;
  const hasUpper = config.upperdir !== undefined && upper !== undefined;
  const filesystem: LayerFilesystem = {
    sb: hasUpper ? upper.mount.sb : undefined,
    pseudoDev: kernel.takeAnonymousDevice(),
    badUuid: false,
    isLower: false,
  };
  overlay.filesystems.push(filesystem);
  // R6
  if (!hasUpper) {
    overlay.flags |= SB_RDONLY;
    return 0;
  }
  // R3
  if (config.workdir === undefined || work === undefined) {
    overlay.log("missing 'workdir'");
    return -errno.EINVAL;
  }
  const answer = setUpUpper(overlay, filesystem, upper);
  if (answer < 0 || overlay.upperLayer === undefined) return answer;
  const worked = setUpWork(overlay, overlay.upperLayer, upper, work);
  if (worked < 0) return worked;
  if (overlay.workdir === undefined) overlay.flags |= SB_RDONLY;
  overlay.stackDepth = upper.mount.sb.stackDepth;
  return 0;
}

/** UUID, index, and what cannot be after all (the rest of ovl_fill_super). */
function completeFeatures(overlay: OverlaySuperblock, { upper, lower }: OverlayParameters): number {
  const { config } = overlay;
  // R41
  if (config.uuid === 'off' && overlay.filesystems.length > 1) {
    overlay.log('The uuid=off requires a single fs for lower and upper, falling back to uuid=null.');
    config.uuid = 'null';
  } else if (overlay.hasUuid && overlay.upperLayer !== undefined && upper !== undefined) {
    setUpUuid(overlay, upper.dentry);
  }
  const [topmost] = lower;
  if (!overlay.forcedReadOnly && config.index && upper !== undefined && topmost !== undefined) {
    const answer = indexOf(overlay, upper.dentry, topmost.path.dentry);
    if (answer < 0) return answer;
    if (overlay.workdir === undefined) overlay.flags |= SB_RDONLY;
  }
  const overlaps = checkOverlaps(overlay);
  if (overlaps < 0) return overlaps;
  dropImpossible(overlay);
  return 0;
}

function indexOf(overlay: OverlaySuperblock, upperRoot: Dentry, lowerRoot: Dentry): number {
  const { upperLayer, workBase } = overlay;
  if (upperLayer === undefined || workBase === undefined) return 0;
  return setUpIndex(overlay, upperLayer, upperRoot, lowerRoot, workBase);
}

function dropImpossible(overlay: OverlaySuperblock): void {
  const { config } = overlay;
  if (overlay.workdir === undefined) {
    config.index = false;
    if (overlay.upperLayer !== undefined && config.nfsExport) {
      overlay.log('NFS export requires an index dir, falling back to nfs_export=off.');
      config.nfsExport = false;
    }
  }
  if (config.metacopy && config.nfsExport) {
    overlay.log('NFS export is not supported with metadata only copy up, falling back to nfs_export=off.');
    config.nfsExport = false;
  }
}

/** The root directory, which is always merged (ovl_get_root, R81). */
function makeRoot(overlay: OverlaySuperblock, { upper }: OverlayParameters): Dentry {
  const lower = overlay.lowerLayers
    .slice(0, overlay.mergedLayers)
    .map((layer) => new LayerPath(layer, layer.mount.root));
  const upperRoot = overlay.upperLayer === undefined ? null : (upper?.dentry ?? null);
  const inode = rootInode(overlay, { upper: upperRoot, lower });
  const root = new Dentry(overlay, undefined, '/', inode);
  inode.alias = root;
  if (upperRoot !== null) setEntryFlag(root, ENTRY_UPPER_ALIAS);
  // R84: the lowest layer has nothing below that a whiteout could hide.
  for (const { layer, dentry } of lower.slice(0, -1)) {
    if (opaqueMark(overlay, dentry) !== 'x') continue;
    layer.hasXwhiteouts = true;
    setEntryFlag(root, ENTRY_XWHITEOUTS);
  }
  return root;
}
