/** Amounts of a chain's own coin, as people read them. */

/** @param wei 10^18 are one coin */
export const coins = (wei: bigint): string => (Number(wei) / 1e18).toFixed(9).replace(/\.?0+$/, "")
