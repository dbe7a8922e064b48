export type { Identities } from "./collect.ts"
export { formatMemberFile, isMemberFile, memberFileOf, type ProvenMember, verifyMemberFile } from "./file.ts"
export { MemberSet } from "./set.ts"
