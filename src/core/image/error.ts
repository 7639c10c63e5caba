/**
 * An image that cannot be loaded: damaged, incomplete, of a kind that is not known, or not the one asked for. The text
 * names the file inside the image, says what is wrong with it and, where something helps, what to do.
 */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
