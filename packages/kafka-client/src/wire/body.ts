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
  /** A string of the flexible encoding: its length is written as one more than it is. */
  compactString(): string {
    return this.text(this.varint() - 1)
  }
  private text(length: number): string {
    this.at += length
    return this.bytes.toString("utf8", this.at - length, this.at)
  }
}
