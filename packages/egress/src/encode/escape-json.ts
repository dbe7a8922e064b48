/** JSON of values that strangers chose, safe to write to a file, a pipe or a terminal. */

/**
 * What JSON may hold bare and a terminal, an editor or a splitter of lines acts upon: DEL and C1 controls, line and paragraph
 * separators, marks that change the direction of text or are not seen, the byte order mark. C0 is escaped by JSON itself.
 */
const ACTS = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** One line without its end. Readers get the same strings as from plain JSON. */
export const safeJson = (value: unknown): string => JSON.stringify(value).replace(ACTS, escaped)
