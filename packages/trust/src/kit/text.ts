/** Text for people that a stranger may have written part of: bounded where it is kept, escaped where it is printed. */

/** Most characters of a detail that are kept. */
export const DETAIL_CHARS = 256

const LAST_WHOLE = /[\uD800-\uDBFF]$/

/** At most `characters` UTF-16 units, and never half of a surrogate pair; three dots say that something was left out. */
export const shorten = (text: string, characters = DETAIL_CHARS): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 3).replace(LAST_WHOLE, "")}...`

/**
 * C0, DEL and C1 controls; line and paragraph separators; what turns the direction of writing (UAX 9) or is not seen; the
 * byte order mark; and surrogates that stand alone.
 */
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]|\p{Cs}/gu

const asJson = (character: string): string =>
  [...character].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")

/**
 * A value as JSON text that is safe on a terminal: what `escapeControls` would escape is escaped as JSON does it.
 * @param indent columns; 0: all on one line
 */
export const safeJson = (value: unknown, replacer?: (key: string, value: unknown) => unknown, indent = 0): string =>
  (JSON.stringify(value, replacer, indent) ?? "null")
    .split("\n") // of the indentation alone: those in texts are escaped already
    .map((line) => line.replace(UNSAFE, asJson))
    .join("\n")

/** The text with every character that could steer a terminal, or hide what is written, as `\u{hex}`. */
export const escapeControls = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)

/** One line of at most so many characters, and nothing in it that steers a terminal or hides. */
export const safeLine = (text: string, characters = DETAIL_CHARS): string =>
  // Cut before and after: escaping a megabyte costs more than the line, and makes text longer.
  shorten(escapeControls(shorten(text, characters)), characters)
