/** What a setting takes that refers to a key (docs/guides/keys.md). */
export const KEY_FORM = "a key file of `assay keygen`, a `pkcs11:` URI, or the `https:` URL of a remote signer"
