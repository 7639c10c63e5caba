/** Where the tree is that all calls work on, whatever it is made of. */
export const place = '/merged';

export const directories: readonly string[] = ['/one', '/one/two', '/one/two/three', '/hundred'];

/** Two deep files, then a hundred in one directory. On an overlay the even ones are in the lower layer. */
export const lowerFile = '/one/two/three/lower';
export const upperFile = '/one/two/three/upper';
export const entries: readonly string[] = [
  lowerFile,
  upperFile,
  ...Array.from({ length: 100 }, (_, index) => `/hundred/${index}`),
];

/** How many files there are to copy up, named `/copy0` and so on. */
export const copies = 500;

/** What is in each file: four kilobytes. */
export const content: Uint8Array = Uint8Array.from({ length: 4096 }, (_, index) => index % 251);
