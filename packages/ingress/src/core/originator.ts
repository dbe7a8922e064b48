/** The protocol's own name for a sender, and behind it what else it says of it: `plant/7;site=north`. */

/** A part of it, in which nothing can be read as the end of the part or as another. */
export const escaped = (text: string): string => text.replace(/[\p{Cc}\p{Zs}%;=]/gu, encodeURIComponent)
