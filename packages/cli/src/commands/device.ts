/** `assay device`: what is known of devices, and their life from their maker to their end. */
import { choose } from "../choice.ts"
import { type Arguments, type Command, type ExitCode, UsageError } from "../command.ts"
import { CREDENTIAL_OPTIONS } from "../credential-input.ts"
import { claim } from "../device/claim.ts"
import { enroll } from "../device/enroll.ts"
import { list } from "../device/list.ts"
import { order } from "../device/orders.ts"
import { LATEST, show } from "../device/show.ts"
import { enrol, handOver, makeVoucher } from "../device/voucher.ts"
import { DATA_OPTION } from "../open-log.ts"
import { OPERATOR_OPTIONS } from "../operator-options.ts"
import type { Output } from "../output.ts"

type Word = (given: Arguments, device: string | undefined, output: Output) => Promise<ExitCode>

const ordered =
  (verb: Parameters<typeof order>[1]): Word =>
  (given, device, output) =>
    order(given, verb, device, output)

const WORDS: Readonly<Record<string, Word>> = {
  list: (given, _device, output) => list(given, output),
  show,
  voucher: (given, _device, output) => makeVoucher(given, output),
  handover: (given, _device, output) => handOver(given, output),
  enrolment: (given, _device, output) => enrol(given, output),
  claim,
  enroll,
  attest: ordered("attest"),
  suspend: ordered("suspend"),
  resume: ordered("resume"),
  transfer: ordered("transfer"),
  retire: ordered("retire"),
  label: ordered("label"),
  unbind: ordered("unbind"),
}

export const device: Command = {
  name: "device",
  summary: "list and show devices, enrol them, and order their life",
  usage:
    "device DID | list | show DID | claim DID | enroll DID | suspend DID | resume DID | transfer DID | retire DID | label DID | unbind DID",
  details: `show (or the DID alone): its state comes from the table that anomaly-quarantine keeps; transitions, proofs, later decisions,
names and counts from the latest ${LATEST} audit events of its partition, or with --history from all of them. list: every device, with its
name from the read model (REDIS_URL), or else from these events.
A maker signs a voucher (voucher --key MAKER --identity DID --vendor --class --serial --owner DID --out FILE), each owner hands it on
(handover --voucher FILE --key OWNER --owner DID --out FILE), the device signs its enrolment (enrolment --voucher FILE --identity KEY
[--key NEW] --aud URI --out FILE). Its owner, an operator of the bundle, claims it (claim DID --voucher FILE --enrolment FILE --keys KEY
--aud URI), and enrolls it (enroll DID --issuer KEY --keys KEY --aud URI and what its credential grants): the device then shows its
credential. Many at once: enroll --csv FILE --out DIR --report FILE, columns device, voucher, enrolment, name, labels.
suspend stops a device for a while (one operator), resume ends that (two); transfer gives it to another owner and retire ends its
life (two): then nothing that its key signs counts any more. unbind (two) ends what binds a device to its TPM, so that a replaced or sold
board can be enrolled for another one; transfer and retire do that too. See docs/guides/onboarding.md.`,
  takes: 2,
  options: {
    ...DATA_OPTION,
    history: { type: "boolean", help: "read the whole audit stream, which may take long" },
    life: { type: "string", value: "STATE", help: "list only devices in this state of their life, or none" },
    ...OPERATOR_OPTIONS,
    evidence: { type: "string", value: "FILE", help: "what the command rests on; its SHA-256 is signed and recorded" },
    recorded: {
      type: "string",
      value: "P/OFFSET",
      help: "unbind: the command was accepted and is recorded there; tell the node at --url, which enrols",
    },
    name: { type: "string", value: "TEXT", help: "label: what people call it" },
    labels: { type: "string", value: "LIST", help: "label: NAME=VALUE, comma-separated" },
    voucher: { type: "string", value: "FILE", help: "the voucher, a token a line" },
    enrolment: { type: "string", value: "FILE", help: "what the device signed" },
    key: {
      type: "string",
      value: "FILE",
      help: "voucher: the maker's key; handover: the owner's; enrolment: the device's new one",
    },
    identity: {
      type: "string",
      value: "DID|FILE",
      help: "voucher: the device's DID; enrolment: the key that its maker gave it",
    },
    owner: { type: "string", value: "DID", help: "voucher, handover: the next owner" },
    serial: { type: "string", value: "TEXT", help: "voucher: the serial number" },
    issuer: { type: "string", value: "FILE", help: "enroll: the key of the credential's issuer" },
    vendor: { type: "string", value: "NAME", help: "the vendor" },
    class: { type: "string", value: "NAME", help: "the device class" },
    ...CREDENTIAL_OPTIONS,
    csv: { type: "string", value: "FILE", help: "enroll: a table of devices" },
    report: { type: "string", value: "FILE", help: "enroll --csv: where it says what became of each" },
    out: {
      type: "string",
      value: "FILE",
      help: "where the voucher, enrolment or credential goes; with --csv a directory",
    },
  },
  run: async (given, output) => {
    const [first, second] = given.positionals
    if (first === undefined) throw new UsageError("name a device: assay device did:key:..., or assay device list")
    if (first.startsWith("did:")) {
      if (second !== undefined) throw new UsageError(`${JSON.stringify(second)} is one word too many: assay device DID`)
      return show(given, first, output)
    }
    return WORDS[choose("assay device, beside a DID (did:key:...),", first, Object.keys(WORDS))]!(given, second, output)
  },
}
