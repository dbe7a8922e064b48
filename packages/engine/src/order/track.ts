/**
 * The knowledge in force, and the operators' sequence numbers, as the entries of one partition have made them. Every
 * runner folds the control entries by itself, so all stages see the same knowledge at the same entry, live or replayed.
 */
import { openBundle, openCommand } from "@assay/credentials"
import { openPolicy } from "@assay/segmentation"
import { ConfigurationError } from "@assay/settings"
import type {
  Active,
  ControlFact,
  Knowledge,
  LogicVersions,
  ReasonCode,
  RootSet,
  SegmentationPolicy,
  TrustBundle,
} from "@assay/trust"
import type { ControlBody } from "./entries.ts"
import { hashOfBody } from "./knowledge.ts"

/** What of the track survives a restart. */
interface Kept {
  readonly bundle: KeptItem | null
  readonly policy: KeptItem | null
  /** The roots that must sign what comes next. */
  readonly roots: RootSet
  readonly sequences: Readonly<Record<string, number>>
  /** Left out for as long as every stage judges by its first version. */
  readonly logic?: LogicVersions
}
interface KeptItem {
  readonly hash: string
  /** The signed body, base64. It stays with the state: whatever else is kept or lost, a restart comes to the same. */
  readonly body: string
  /** The roots in force when it was activated; they may have rotated since. */
  readonly roots: RootSet
}

type Item = "bundle" | "policy"
type Activation = Extract<ControlBody, { kind: "activation" }>

/** Every log begins with these. No entry changes them yet; when one does, the track keeps what it chose. */
const FIRST_LOGIC: LogicVersions = { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 }

export class Track {
  private kept: Kept
  private now: Knowledge = { bundle: null, policy: null }
  private dirty = false

  private constructor(kept: Kept) {
    this.kept = kept
  }

  /**
   * @param kept what `encode` gave before the restart, or null on a fresh log
   * @param roots the pinned roots of the configuration. The bundle in force must bear THEIR signatures also after a
   *   restart: whoever can write to the data directory must not be able to name other roots. (A bundle that rotates the
   *   roots is signed by old and new, so the configuration may follow before or after the next restart.)
   * @throws ConfigurationError where it does not
   * @throws Error where a body that was in force cannot be read any more: the data directory is damaged
   */
  static restore(kept: Uint8Array | null, roots: RootSet): Track {
    if (kept === null) return new Track({ bundle: null, policy: null, roots, sequences: {} })
    const state = JSON.parse(Buffer.from(kept).toString("utf8")) as Kept
    const track = new Track(state.bundle === null ? { ...state, roots } : state)
    const bundle = state.bundle === null ? null : track.reopen("bundle", { ...state.bundle, roots })
    const policy = state.policy === null ? null : track.reopen("policy", state.policy)
    track.now = { bundle: bundle as Active<TrustBundle> | null, policy: policy as Active<SegmentationPolicy> | null }
    return track
  }

  /** The same object for as long as nothing changes. */
  get knowledge(): Knowledge {
    return this.now
  }

  /** By which version each stage judges from here on. The same object for as long as nothing changes. */
  get logic(): LogicVersions {
    return this.kept.logic ?? FIRST_LOGIC
  }

  /** Whether the kept state changed since the last `encode`. */
  get changed(): boolean {
    return this.dirty
  }

  encode(): Uint8Array {
    this.dirty = false
    return Buffer.from(JSON.stringify(this.kept))
  }

  /** Folds one control entry. Never throws: what is wrong with it becomes the fact. `time` is the entry's, in ms. */
  apply(control: ControlBody, time: number): ControlFact {
    return control.kind === "control" ? this.command(control.tokens, time) : this.activate(control, time)
  }

  private command(tokens: ReadonlyArray<string>, time: number): ControlFact {
    const bundle = this.now.bundle
    if (bundle === null) return refused(["control.not_operator"])
    const { fact, sequences } = openCommand(tokens, bundle.body, time, bundle.body.trustDomain)
    if (!fact.accepted) return fact
    if (sequences.some(({ signer, seq }) => seq <= (this.kept.sequences[signer] ?? -1))) {
      return { ...fact, accepted: false, reasons: ["control.replayed"] }
    }
    const next = { ...this.kept.sequences }
    for (const { signer, seq } of sequences) next[signer] = seq
    this.kept = { ...this.kept, sequences: next }
    this.dirty = true
    return fact
  }

  /** Only what the entry itself carries counts: what else is kept, here or now, must not decide. */
  private activate({ item, hash, body }: Activation, time: number): ControlFact {
    if (body === null || hashOfBody(body) !== hash)
      return {
        accepted: false,
        reasons: ["control.body_missing"],
        what: { kind: "activation", item, hash, version: 0 },
      }
    const opened = item === "bundle" ? openBundle(body, this.kept.roots) : openPolicy(body, this.kept.roots)
    if ("reasons" in opened)
      return { accepted: false, reasons: opened.reasons, what: { kind: "activation", item, hash, version: 0 } }
    const active = opened.active
    const what = { kind: "activation", item, hash, version: active.version } as const
    const present = item === "bundle" ? this.now.bundle : this.now.policy
    if (present !== null && active.version <= present.version)
      return { accepted: false, reasons: ["control.knowledge_version"], what }
    if (active.expires <= time) return { accepted: false, reasons: ["control.knowledge_expired"], what }
    this.now = { ...this.now, [item]: active }
    const { roots } = this.kept
    this.kept = {
      ...this.kept,
      [item]: { hash, body: Buffer.from(body).toString("base64"), roots },
      roots: "nextRoots" in opened ? opened.nextRoots : roots,
    }
    this.dirty = true
    return { accepted: true, reasons: [], what }
  }

  private reopen(item: Item, { hash, body, roots }: KeptItem): Active<unknown> {
    const bytes = Buffer.from(body, "base64")
    if (hashOfBody(bytes) !== hash)
      throw new Error(`the body of the ${item} in force (${hash}) is damaged: restore the state from a backup`)
    const opened = item === "bundle" ? openBundle(bytes, roots) : openPolicy(bytes, roots)
    if ("reasons" in opened) {
      throw new ConfigurationError(
        `the ${item} in force (${hash}) is not signed by the pinned roots (${opened.detail}): name the right roots file, or restore the data directory from a backup`,
      )
    }
    if ("nextRoots" in opened) this.kept = { ...this.kept, roots: opened.nextRoots }
    return opened.active
  }
}

const refused = (reasons: ReadonlyArray<ReasonCode>): ControlFact => ({
  accepted: false,
  reasons,
  what: { kind: "unreadable" },
})
