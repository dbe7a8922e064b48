/** Bytes and texts without help of Node: base64 by the engine's `atob`, UTF-8, comparison. */

/** base64url, without padding (RFC 4648 section 5). */
export const toBase64 = (bytes: Uint8Array): string =>
  toStandard(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")

const toStandard = (bytes: Uint8Array): string =>
  btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""))

/** Null for a text that no encoder writes: engines are lenient about spaces, padding and bits that are left over. */
export const fromBase64 = (text: string): Uint8Array | null => {
  const bytes = fromStandard(text.replaceAll("-", "+").replaceAll("_", "/"), false)
  return bytes !== null && toBase64(bytes) === text ? bytes : null
}

/** Standard base64, padded: as DSSE has it. */
export const fromPadded = (text: string): Uint8Array | null => fromStandard(text, true)

const fromStandard = (text: string, exact: boolean): Uint8Array | null => {
  try {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    return exact && toStandard(bytes) !== text ? null : bytes
  } catch {
    return null
  }
}

export const toHex = (bytes: Uint8Array): string =>
  bytes.reduce((text, byte) => text + (256 + byte).toString(16).slice(1), "")

/** @param text an even number of digits */
export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const toUtf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Null where the bytes are no UTF-8. A byte order mark is kept, so that one text has one form. */
export const fromUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

export const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** For public values: it ends at the first difference. */
export const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
