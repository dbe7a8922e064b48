/**
 * Up to so many plain bytes, packing and unpacking happen on this thread: 0.3 ms at most. The way to another thread and back costs
 * more than the work there, 0.1 to 0.9 ms, and longer still where all cores are busy; and small batches come in great numbers.
 */
export const AT_ONCE = 256 << 10

/**
 * node:zlib works in pieces, 16 KiB by default, and each is a trip to another thread and back, and a buffer to join at the end:
 * a batch of the pipeline would take some 200 of them.
 */
const SMALLEST = 16 << 10
const LARGEST = 4 << 20

/** @param expected how many bytes will come out, roughly: more than that takes further pieces, less wastes the rest of one */
export const pieceFor = (expected: number): number => Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(expected)))
