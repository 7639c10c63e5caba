import { Session, type Profiler } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RuleSite } from './rules.ts';

/** Which functions have run. It is V8 that counts: the simulator has no code for it, and runs as ever without. */
export class Coverage {
  readonly #session = new Session();

  /** Begins to count. To be called before the modules in question are loaded: what runs while they load counts as well. */
  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: false });
  }

  /** Of these sites, those whose function has run. */
  reached(src: string, sites: readonly RuleSite[]): readonly RuleSite[] {
    const ran = this.#functions();
    return sites.filter(({ file, name }) => ran.has(`${pathToFileURL(join(src, file)).href} ${name}`));
  }

  #functions(): ReadonlySet<string> {
    let result: Profiler.ScriptCoverage[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      result = coverage.result;
    });
    return new Set(
      result.flatMap(({ url, functions }) =>
        functions
          .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
          .map(({ functionName }) => `${url.replace(/\?.*$/, '')} ${functionName.replace(/^(get|set) /, '')}`),
      ),
    );
  }
}
