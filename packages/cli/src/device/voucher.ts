/** Vouchers and enrolments: what makers, owners and devices sign before a claim. */
import { extendVoucher, issueVoucher, openVoucher, signEnrolment } from "@assay/credentials"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import { openKey, withKey } from "../keys.ts"
import type { Output } from "../output.ts"

/** Tokens of a file, one a line, oldest first. */
export const tokensIn = (path: string, what: string): ReadonlyArray<string> =>
  readInput(path, what)
    .toString("utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")

const now = (): number => Math.floor(Date.now() / 1_000)

/** @throws UsageError that says what is wrong with the voucher */
export const voucherIn = (path: string) => {
  const tokens = tokensIn(path, "the voucher")
  const voucher = openVoucher(tokens)
  if ("detail" in voucher) throw new UsageError(`${path}: ${voucher.detail}`)
  return { tokens, voucher }
}

const write = (given: Arguments, tokens: ReadonlyArray<string>, also: object, output: Output): ExitCode => {
  const out = given.required("out")
  writeOutput(out, `${tokens.join("\n")}\n`)
  output.result({ out, ...also }, () => output.say(out))
  return EXIT.ok
}

/** As its maker: `assay device voucher`. */
export const makeVoucher = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const device = {
    identity: given.required("identity"),
    vendor: given.required("vendor"),
    class: given.required("class"),
    serial: given.required("serial"),
    owner: given.required("owner"),
    iat: now(),
  }
  const tokens = await withKey(given.required("key"), (maker) => issueVoucher(device, maker))
  return write(given, tokens, { device: device.identity, owner: device.owner }, output)
}

/** As its owner: `assay device handover`. */
export const handOver = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const { tokens, voucher } = voucherIn(given.required("voucher"))
  const owner = given.required("owner")
  const extended = await withKey(given.required("key"), (key) => extendVoucher(tokens, { owner, iat: now() }, key))
  return write(given, extended, { device: voucher.identity, owner, handovers: voucher.handovers + 1 }, output)
}

/** As the device: `assay device enrolment`. `--identity` is the key that its maker gave it, `--key` the one that it will speak under. */
export const enrol = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const { voucher } = voucherIn(given.required("voucher"))
  const identity = await openKey(given.required("identity"))
  const device = given.text("key") === null ? identity : await openKey(given.required("key"))
  try {
    const input = { trustDomain: given.required("aud"), tip: voucher.tip, iat: now() }
    return write(
      given,
      await signEnrolment(input, identity, device),
      { device: device.did, identity: identity.did },
      output,
    )
  } finally {
    await identity.close()
    await device.close()
  }
}
