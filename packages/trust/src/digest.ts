/** A digest as claims carry it. Pure. */

/** 43 characters; the last one holds four bits, so its two lowest are zero. */
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** Whether a text is the canonical base64url (RFC 4648 section 5, without padding) of 32 bytes. */
export const isDigest = (text: string): boolean => DIGEST.test(text)
