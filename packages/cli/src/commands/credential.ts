/** `assay credential`: what an issuer does: credentials for devices, and the status lists that say what became of them. */
import { ISSUED_FORMATS, LIST_FORMATS } from "@assay/credentials"
import { HTTP } from "@assay/settings"
import { choose } from "../choice.ts"
import { NODE_OPTIONS } from "../client.ts"
import { type Arguments, type Command, type ExitCode, UsageError } from "../command.ts"
import { change } from "../credential/change.ts"
import { issue, renew } from "../credential/issue.ts"
import { initRegister, publish } from "../credential/lists.ts"
import { serve } from "../credential/serve.ts"
import { show } from "../credential/show.ts"
import { CREDENTIAL_OPTIONS } from "../credential-input.ts"
import type { Output } from "../output.ts"

type Verb = (given: Arguments, output: Output) => ExitCode | Promise<ExitCode>

const VERBS: Readonly<Record<string, Verb>> = {
  init: initRegister,
  issue,
  renew,
  revoke: (given, output) => change(given, "revoke", output),
  suspend: (given, output) => change(given, "suspend", output),
  resume: (given, output) => change(given, "resume", output),
  status: show,
  publish,
  serve,
}

export const credential: Command = {
  name: "credential",
  summary: "issue, renew, revoke and suspend device credentials, as their issuer",
  usage:
    "credential init DIR | issue | renew | revoke | suspend | resume | status | publish | serve [DID] --register DIR ...",
  details: `init makes a register: who has which place on the status lists that will be published below --at. Keep it as you keep a
key, and back it up: it alone knows the places.
issue gives a credential to --device, or to each line of --csv (columns device, hardware), with a place on the lists of --register
(without a register it has none, and cannot be revoked by itself): --issuer FILE --device DID --vendor NAME --class NAME
--measurements LIST --audiences LIST --out FILE. The device then shows it once: assay sign --present FILE.
renew issues what a device has for another --days: --device, --csv, or all that end within --expiring days.
revoke, suspend and resume change all credentials of a device that have not ended, or one (--credential FILE), sign the lists anew
and write them to DIR/public, which any web server serves; with --activate they also go to a node (--url, --token) at once.
serve answers devices that ask for their renewal: a presentation of what they have (assay sign --present FILE --aud AUD), sent to
POST /v1/renewals of --listen, within --before days of its end; --days is how long the new one counts.
publish signs them again before they are too old; with --every SECONDS until it is stopped. status shows what the register has.`,
  takes: 2,
  options: {
    register: { type: "string", value: "DIR", help: "the register of the issuer" },
    issuer: { type: "string", value: "FILE", help: "the issuer's key file" },
    device: { type: "string", value: "DID", help: "the device it is for" },
    credential: { type: "string", value: "FILE", help: "revoke, suspend, resume: this credential alone" },
    csv: { type: "string", value: "FILE", help: "many: a table with a column device" },
    report: { type: "string", value: "FILE", help: "with --csv: where it says what became of each" },
    expiring: { type: "string", value: "DAYS", help: "renew, status: those that end within so many days" },
    reason: { type: "string", value: "TEXT", help: "revoke, suspend, resume: kept in the register" },
    activate: { type: "boolean", help: "hand the lists to the node at --url too" },
    at: { type: "string", value: "URL", help: "init: below which URL the lists will be published" },
    format: { type: "string", value: "NAME", default: "vc+jwt", help: `init: ${LIST_FORMATS.join(", ")}` },
    entries: { type: "string", value: "N", default: "131072", help: "init: places on a list" },
    ttl: { type: "string", value: "SECONDS", default: "10", help: "init: how long a list may be kept" },
    lasts: { type: "string", value: "HOURS", default: "24", help: "init: how long a list counts" },
    listen: { type: "string", value: "PORT", help: "serve: answer devices on this port" },
    host: {
      type: "string",
      value: "HOST",
      default: HTTP.httpHost.fallback,
      help: "serve: the address that it answers on",
    },
    document: {
      type: "string",
      value: "FILE",
      help: "serve: the published document of an issuer whose DID is no key (did.json, did.jsonl)",
    },
    aud: { type: "string", value: "URI", help: "serve: what devices sign their requests for" },
    before: { type: "string", value: "DAYS", default: "30", help: "serve: renew within so many days before the end" },
    every: { type: "string", value: "SECONDS", help: "publish: again and again" },
    as: { type: "string", value: "FORMAT", default: "vc+jwt", help: `issue: ${ISSUED_FORMATS.join(", ")}` },
    vendor: { type: "string", value: "NAME", help: "the vendor" },
    class: { type: "string", value: "NAME", help: "the device class" },
    ...CREDENTIAL_OPTIONS,
    ...NODE_OPTIONS,
    out: { type: "string", value: "FILE", help: "where the credential goes; for many a directory" },
  },
  run: async (given, output) => {
    const [verb] = given.positionals
    // Before there were verbs it issued, and scripts that say none still do.
    if (verb === undefined) {
      if (given.text("device") === null && given.text("csv") === null)
        throw new UsageError(`say what to do: assay credential ${Object.keys(VERBS).join(" | ")}`)
      return issue(given, output)
    }
    return VERBS[choose("assay credential", verb, Object.keys(VERBS))]!(given, output)
  },
}
