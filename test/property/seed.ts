import fc from 'fast-check';

/**
 * Every property run prints its seed on failure; FC_SEED, FC_PATH and FC_RUNS replay or lengthen it. Sequences are
 * generated at medium size, because fast-check's default (a median of five operations) never reaches deep states.
 */
function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : Number(text);
}

const seed = numberFrom('FC_SEED');
const runs = numberFrom('FC_RUNS');
const path = process.env.FC_PATH;

fc.configureGlobal({
  baseSize: 'medium',
  ...(seed === undefined ? {} : { seed }),
  ...(runs === undefined ? {} : { numRuns: runs }),
  ...(path === undefined || path === '' ? {} : { path }),
});
