/** What all layers of a chain measured, in whichever of the extensions they say it. */
import { type Measured, measured, SLOT } from "../appraise/measured.ts"
import { type EvidenceRefused, refused } from "../evidence/reason.ts"
import type { Certificate } from "../x509/certificate.ts"
import type { Chain } from "../x509/chain.ts"
import { OPEN_DICE, readOpenDice } from "./open-dice.ts"
import { MULTI_TCB_INFO, readMultiTcbInfo, readTcbInfo, TCB_INFO, type TcbInfo } from "./tcb-info.ts"

/** Extensions that are read here; a certificate may have them as critical ones. */
export const UNDERSTOOD: ReadonlySet<string> = new Set([TCB_INFO, MULTI_TCB_INFO, OPEN_DICE])

/** What the certificate of one layer says. @throws DerError */
export const layerInfosOf = ({ extensions }: Pick<Certificate, "extensions">): ReadonlyArray<TcbInfo> => {
  const [one, many, open] = [TCB_INFO, MULTI_TCB_INFO, OPEN_DICE].map((oid) => extensions.get(oid)?.value)
  return [
    ...(one === undefined ? [] : [readTcbInfo(one)]),
    ...(many === undefined ? [] : readMultiTcbInfo(many)),
    ...(open === undefined ? [] : [readOpenDice(open)]),
  ]
}

const keyOf = ({ key }: Certificate): Buffer => key.export({ format: "der", type: "spki" })

/** A layer that is open for others speaks for nothing. @throws DerError */
export const layersOf = ({
  certificates,
  root,
}: Chain): { readonly measured: ReadonlyArray<Measured> } | EvidenceRefused => {
  const found: Array<Measured> = []
  for (const [n, certificate] of certificates.entries())
    for (const { flags, fwids, deviceKey } of layerInfosOf(certificate)) {
      if (flags.length > 0) return refused("evidence_debug", `a layer is ${flags.join(", ")}`)
      // It names the key of the layer before: that is who signed for it.
      if (deviceKey !== null && Buffer.compare(deviceKey, keyOf(certificates[n + 1] ?? root)) !== 0)
        return refused("evidence_key_mismatch", "a layer names another device than the one that certifies it")
      found.push(...fwids.map((digest) => measured(SLOT.component, digest)))
    }
  return found.length === 0
    ? refused("evidence_malformed", "no certificate of the chain has a firmware id (TcbInfo, or Open DICE)")
    : { measured: found }
}
