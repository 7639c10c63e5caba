import { pathFromText, type Path } from '../../host/index.ts';
import type { OpenHost } from './choice.ts';

const systemRoot = '/var/lib/graphdriver' as Path;

/**
 * Where drivers keep their layers when nobody says: with the system's data for root, and always in a simulated machine; with
 * the user's data ($XDG_DATA_HOME) for everybody else, which includes root in a user namespace.
 */
export function defaultRoot(
  { name, host }: Pick<OpenHost, 'name' | 'host'>,
  environment: Readonly<Record<string, string | undefined>>,
): Path {
  const isSystem = host.system.credentials().uid === 0 && !host.system.inUserNamespace();
  if (name === 'sim' || isSystem) return systemRoot;
  const { XDG_DATA_HOME: data = '', HOME: home = '' } = environment;
  if (data.startsWith('/')) return pathFromText(`${data}/graphdriver`);
  return home.startsWith('/') ? pathFromText(`${home}/.local/share/graphdriver`) : systemRoot;
}
