import { copyUpRules } from './copy-up.ts';
import { createRules } from './create.ts';
import { dataOnlyRules } from './data-only.ts';
import { featureRules } from './features.ts';
import { hardLinkRules } from './hard-links.ts';
import { layerRules } from './layers.ts';
import { lookupRules } from './lookup.ts';
import { metacopyRules } from './metacopy.ts';
import { mountApiRules } from './mount-api.ts';
import { nestedRules } from './nested.ts';
import { optionRules } from './options.ts';
import { readdirRules } from './readdir.ts';
import { redirectRules } from './redirect.ts';
import { removeRules } from './remove.ts';
import { renameRules } from './rename.ts';
import type { Rule } from './rule.ts';
import { statRules } from './stat.ts';
import { userxattrRules } from './userxattr.ts';
import { volatileRules } from './volatile.ts';
import { workdirRules } from './workdir.ts';
import { xattrRules } from './xattrs.ts';

/** The 200 rules of shared/spec/overlayfs-semantics.md by its chapters. */
export const chapters: Readonly<Record<string, readonly Rule[]>> = {
  'mount options': optionRules,
  features: featureRules,
  layers: layerRules,
  workdir: workdirRules,
  'new mount API': mountApiRules,
  'lookup and merge': lookupRules,
  readdir: readdirRules,
  'copy-up': copyUpRules,
  stat: statRules,
  create: createRules,
  'unlink and rmdir': removeRules,
  rename: renameRules,
  redirect_dir: redirectRules,
  'hard links and index': hardLinkRules,
  'extended attributes': xattrRules,
  metacopy: metacopyRules,
  'data-only layers': dataOnlyRules,
  userxattr: userxattrRules,
  volatile: volatileRules,
  'nested overlays': nestedRules,
};
