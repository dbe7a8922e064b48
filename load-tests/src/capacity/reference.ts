/**
 * How slow this machine is just now: others that use it, and a second thread of the same core, make the same work cost more CPU.
 * A little of the same work all the time beside what is measured tells by how much.
 */
import { generateKeyPairSync, sign, verify } from "node:crypto"

const EVERY_MS = 100
/** Verifications in a row: some two milliseconds. */
const IN_A_ROW = 16
const INPUT = Buffer.alloc(700, 7)

const { privateKey, publicKey } = generateKeyPairSync("ed25519")
const SIGNATURE = sign(null, INPUT, privateKey)

/** @returns what ends it, with the microseconds of CPU that one verification (Ed25519, node:crypto) took on average */
export const startReference = (): (() => number) => {
  let us = 0
  let count = 0
  const once = (): void => {
    const from = process.threadCpuUsage()
    for (let nth = 0; nth < IN_A_ROW; nth++) verify(null, INPUT, publicKey, SIGNATURE)
    const { user, system } = process.threadCpuUsage(from)
    us += user + system
    count += IN_A_ROW
  }
  once()
  us = 0
  count = 0
  const timer = setInterval(once, EVERY_MS)
  return () => {
    clearInterval(timer)
    if (count === 0) once()
    return us / count
  }
}
