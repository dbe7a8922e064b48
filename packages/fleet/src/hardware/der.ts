/** Writes DER, as far as the certificates of the fleet's makers need it. */

const length = (size: number): Buffer =>
  size < 0x80
    ? Buffer.from([size])
    : size < 0x100
      ? Buffer.from([0x81, size])
      : Buffer.from([0x82, size >> 8, size & 0xff])

export const element = (tag: number, ...bodies: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(bodies)
  return Buffer.concat([Uint8Array.of(tag), length(body.length), body])
}

export const sequence = (...items: ReadonlyArray<Uint8Array>): Buffer => element(0x30, ...items)

/** An INTEGER that is not negative, from its bytes. */
export const integer = (bytes: Uint8Array): Buffer => {
  const first = bytes.findIndex((byte) => byte !== 0)
  const body = first < 0 ? Uint8Array.of(0) : bytes.subarray(first)
  return element(0x02, body[0]! > 0x7f ? Uint8Array.of(0) : new Uint8Array(0), body)
}

export const oid = (dotted: string): Buffer => {
  const [first, second, ...rest] = dotted.split(".").map(Number)
  const arc = (value: number): ReadonlyArray<number> => {
    const bytes = [value & 0x7f]
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
      bytes.unshift(0x80 | (left & 0x7f))
    return bytes
  }
  return element(0x06, Buffer.from([40 * first! + second!, ...rest].flatMap(arc)))
}

/** BIT STRING of whole bytes. */
export const bits = (bytes: Uint8Array): Buffer => element(0x03, Uint8Array.of(0), bytes)

/** A name of one common name. */
export const commonName = (name: string): Buffer =>
  sequence(element(0x31, sequence(oid("2.5.4.3"), element(0x0c, Buffer.from(name)))))

/** GeneralizedTime. @param ms since 1970 */
export const time = (ms: number): Buffer =>
  element(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`))
