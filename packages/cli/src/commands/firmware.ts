/** `assay firmware`: what makers publish about firmware becomes knowledge that they or the deployment sign. */
import { choose } from "../choice.ts"
import type { Command } from "../command.ts"
import { makeAdvisory } from "../firmware/advisory.ts"
import { importFirmware } from "../firmware/import.ts"
import { logFirmware } from "../firmware/log.ts"

const VERBS = { import: importFirmware, advisory: makeAdvisory, log: logFirmware }

export const firmware: Command = {
  name: "firmware",
  summary: "read what makers publish about firmware into reference values and advisories",
  usage:
    "firmware import (--digests FILE | --suit FILE | --corim FILE | --tuf DIR) [--references FILE | --vendor NAME --class NAME] --out FILE | firmware advisory (--osv FILE | --openvex FILE | --csaf FILE) --references FILE --sbom FILE --status vulnerable|revoked --out FILE | firmware log --references FILE [--proof FILE --version V --out FILE]",
  details: `import verifies a document of a maker and writes the next version of the reference values of a class, with what it names added.
It signs nothing: assay reference-values check, sign and activate do the rest. A release that is listed keeps its status.
A SUIT manifest and a CoRIM must be signed by one of the keys of --key. Of a TUF repository the directory of its metadata is read, from the
root of --trusted-root (once) or from what --state remembers: an expired, older or mixed state is refused.
advisory says which listed firmware OSV, OpenVEX and CSAF documents are about: by the SHA-256 of its image, or by what its bill of materials
(CycloneDX, SPDX) says is in it. A version that cannot be compared counts as affected. assay advisory check, sign and activate do the rest.
log prints what a maker appends to its log, a line for each release; with --proof it puts a tlog-proof, or an entry of a Rekor log, beside a release.`,
  takes: 1,
  options: {
    digests: { type: "string", value: "FILE", help: "digests as sha256sum writes them" },
    suit: { type: "string", value: "FILE", help: "a signed SUIT envelope" },
    corim: { type: "string", value: "FILE", help: "a signed CoRIM" },
    tuf: { type: "string", value: "DIR", help: "the metadata of a TUF repository" },
    key: { type: "string", value: "FILE[,FILE]", help: "public keys of the maker, PEM; for --suit and --corim" },
    "trusted-root": {
      type: "string",
      value: "FILE",
      help: "the root of the TUF repository that you trust; needed once",
    },
    state: { type: "string", value: "FILE", help: "what is remembered of the TUF repository" },
    references: {
      type: "string",
      value: "FILE",
      help: "the present reference values, not signed; a first version where left out",
    },
    vendor: { type: "string", value: "NAME", help: "as credentials name it" },
    class: { type: "string", value: "NAME", help: "as credentials name it" },
    version: { type: "string", value: "TEXT", help: "of the release, where the document does not say it" },
    svn: { type: "string", value: "N", help: "its security version, where the document does not say it" },
    proof: {
      type: "string",
      value: "FILE",
      help: "log: a C2SP tlog-proof of the release of --version, or a Sigstore bundle with its entry in a Rekor log",
    },
    digest: { type: "string", value: "HEX", help: "of the release, where several have that version" },
    "vendor-id": { type: "string", value: "UUID", help: "the vendor that a SUIT manifest must name" },
    "class-id": { type: "string", value: "UUID", help: "the class that a SUIT manifest must name" },
    "corim-vendor": { type: "string", value: "NAME", help: "of a CoRIM the triples of this vendor only" },
    "corim-model": { type: "string", value: "NAME", help: "of a CoRIM the triples of this model only" },
    osv: { type: "string", value: "FILE[,FILE]", help: "advisories in OSV" },
    openvex: { type: "string", value: "FILE[,FILE]", help: "advisories in OpenVEX" },
    csaf: { type: "string", value: "FILE[,FILE]", help: "advisories in CSAF 2.0" },
    sbom: {
      type: "string",
      value: "FILE[,FILE]",
      help: "bills of materials of the firmware, CycloneDX or SPDX 2 as JSON",
    },
    status: { type: "string", value: "STATUS", help: "what affected firmware becomes: vulnerable or revoked" },
    id: { type: "string", value: "ID", help: "the vulnerability, where a document is about several" },
    since: {
      type: "string",
      value: "TIME",
      help: "from when on devices may have been attacked; when it was published where left out",
    },
    replaces: {
      type: "string",
      value: "FILE",
      help: "the advisory before, not signed: the new one is its next version",
    },
    out: { type: "string", value: "FILE", help: "where the file goes" },
  },
  run: async (given, output) => {
    const verb = choose("assay firmware", given.positionals[0], Object.keys(VERBS))
    return VERBS[verb as keyof typeof VERBS](given, output)
  },
}
