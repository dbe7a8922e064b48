/**
 * What a backend of Ed25519 must answer before it is used (`test/verify/fixed-vectors.test.ts` builds them anew). Those of
 * mixed order have a component of order 8 in the public key, in R, or in both: they tell a verifier that compares R with
 * [S]B - [k]A byte by byte (RFC 8032 section 5.1.7, its second form) from one that multiplies by the cofactor. Random
 * mutation of good signatures cannot find that difference.
 */
export interface FixedVector {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly input: Uint8Array
  readonly signature: Uint8Array
  readonly valid: boolean
}

const vector = (name: string, valid: boolean, text: string, key: string, signature: string): FixedVector => ({
  name,
  publicKey: Buffer.from(key, "hex"),
  input: Buffer.from(text),
  signature: Buffer.from(signature, "hex"),
  valid,
})

const KEY = "521fd3d8465e751954e78b893be5fe7b13b32ace694e9c04eadc5536aab04763"
const SIGNATURE =
  "10b042024de1ffa9006a4ec11772f28e248c532b947bfa2606d4c04cff5e3c73" +
  "37bfd0220a5738c687ab2033cfe7a59e1d811c57cc414071d11ef9bc65f1f603"

export const FIXED_VECTORS: ReadonlyArray<FixedVector> = [
  vector("valid", true, "valid 0", KEY, SIGNATURE),
  vector("another message", false, "valid 1", KEY, SIGNATURE),
  vector("another S", false, "valid 0", KEY, SIGNATURE.replace("37bfd022", "36bfd022")),
  vector(
    "key and R of mixed order that cancel",
    true,
    "mixed key and R 2",
    "b44409487f550b6f6415e54bc5cbec83a77c7f45532fc79785369fc366a6afd4",
    "e07f1df6efcb70fb0f13c6ff3a561083906eedc1f897afd94a8853db5a1e22fc" +
      "7f382e19cf223fe936ec9284c882d3b9ee717a7425251ff0b402674b7aa1000b",
  ),
  vector(
    "key of mixed order",
    false,
    "mixed key 0",
    "2335cbf6addca2958ea9d522ba519af61d7eedfd524d5ce753a9edf87c96d24f",
    "073f4a0eb669cde2e0c27dedef267c8e2e4f51e21d7fa25adfa8472c1cb5597c" +
      "75d25ca46a0d04c24bb74f90c5c41d5023cfc835a7634ca0e5918a6f6498cf08",
  ),
  vector(
    "R of mixed order",
    false,
    "mixed R 0",
    "41a0ef6eea6b13dfeb10f62d44e46c366bb16660e0cba5c73d9a73e5b1e1d89c",
    "ef502cade1dd1a64a248eeaf1a902383aefaa8c94b695c4641cb8c4cb757de70" +
      "2eac7843a8d5f095ac03f137c9f5041ac0cb1cbc4bb21dca70590a849a24d703",
  ),
]
