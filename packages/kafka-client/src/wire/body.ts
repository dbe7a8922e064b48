/** Bodies of requests and answers on kafkajs's connections, below its own encoders. */
import { Encoder } from "../kafkajs/private.ts"
import { readLong } from "./batch.ts"

/** A request body that is built already. */
export const encoded = (body: Buffer): Encoder => {
  const encoder = new Encoder(1)
  encoder.buf = body
  encoder.offset = body.length
  return encoder
}

/** Reads an answer from its beginning on. */
export class BodyReader {
  at = 0
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }
  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }
  long(): number {
    this.at += 8
    return readLong(this.bytes, this.at - 8)
  }
  bigint(): bigint {
    this.at += 8
    return this.bytes.readBigInt64BE(this.at - 8)
  }
  string(): string {
    return this.text(this.int16())
  }
  /** A length of the flexible encoding, 7 bits a byte, the lowest first. */
  varint(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.bytes.readUInt8(this.at++)
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  /** How many elements an array of the flexible encoding has, which is written as one more; 0 also where there is none. */
  count(): number {
    return Math.max(0, this.varint() - 1)
  }
  /** A string of the flexible encoding, whose length is written as one more than it is; empty also where there is none. */
  compactString(): string {
    return this.text(this.count())
  }
  /** The tagged fields that end each structure of the flexible encoding. @param read gets each one alone */
  tags(read?: (tag: number, field: BodyReader) => void): void {
    for (let left = this.varint(); left > 0; left--) {
      const tag = this.varint()
      const length = this.varint()
      read?.(tag, new BodyReader(this.bytes.subarray(this.at, this.at + length)))
      this.at += length
    }
  }
  private text(length: number): string {
    this.at += length
    return this.bytes.toString("utf8", this.at - length, this.at)
  }
}
