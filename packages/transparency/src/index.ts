export { type Aligned, align } from "./align.ts"
export {
  openCheckpoint,
  openSignedCheckpoint,
  readCheckpoint,
  signCheckpoint,
  type TreeHead,
} from "./checkpoint.ts"
export { Frontier, rootOf } from "./compact.ts"
export { EMPTY_ROOT, equalHash, HASH_BYTES, type Hash, leafHash, nodeHash } from "./hash.ts"
export {
  commitmentOf,
  decodeLeaf,
  eventOf,
  leafOf,
  NO_DEVICE,
  type SaltKey,
  type SealedEvent,
  saltOf,
  statementSaltOf,
} from "./leaf.ts"
export { NoteError } from "./note/error.ts"
export { formatSignature, type LogSigner, openNote, openSigned, type SignatureLine, signNote } from "./note/note.ts"
export { keySigner, witnessSigner } from "./note/signer.ts"
export { decodeForeignVkey, decodeVkey, encodeVkey, type VerifierKey, verifierKey } from "./note/vkey.ts"
export { buildConsistency, frontierAt, rootAt } from "./proof/build.ts"
export { formatProofFile, type Proven, verifyProofFile } from "./proof/file.ts"
export { type Fork, formatFork, verifyFork } from "./proof/fork.ts"
export { buildProof, formatProof, parseProof, verifyProof } from "./proof/text.ts"
export { rootOfInclusion, rootsOf, verifyConsistency } from "./proof/verify.ts"
export { decodeStatement, type Statement, statementOf } from "./statement.ts"
export { TileBuilder, type TileFile } from "./tile/builder.ts"
export { MissingTileError, nodesOf, type TileReader } from "./tile/nodes.ts"
export { tilePath } from "./tile/path.ts"
export {
  type Cosignature,
  cosign,
  decodeWitnessKey,
  encodeWitnessKey,
  openCosignature,
  type WitnessKey,
  witnessKey,
} from "./witness/cosignature.ts"
export { type CosignedHead, cosignaturesOn, openCosigned } from "./witness/cosigned.ts"
export { type Policy, type PolicyLog, type PolicyWitness, parsePolicy } from "./witness/policy.ts"
export { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from "./witness/request.ts"
