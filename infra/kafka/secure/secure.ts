/**
 * What makes a cluster secure: clients come by TLS and SCRAM-SHA-512, brokers and controllers know each other by mutual TLS,
 * and nobody but the super users may do what no ACL allows.
 */
import type { Properties } from "../properties.ts"
import type { ClientSettings } from "../ready.ts"
import { BROKER_PRINCIPAL, type Certificates, issueCertificates } from "./tls.ts"
import { ADMIN, ensureUsers, scramCredentials, type Users } from "./users.ts"

export interface Security {
  readonly properties: Properties
  /** For the format of storage. */
  readonly credentials: ReadonlyArray<string>
  readonly users: Users
  /** PEM. */
  readonly authority: string
}

/** An unsecured cluster. */
export const OPEN: Security = { properties: {}, credentials: [], users: {}, authority: "" }

const MECHANISM = "SCRAM-SHA-512"

const securityProperties = ({ keystoreFile, authorityFile }: Certificates): Properties => ({
  "ssl.keystore.type": "PEM",
  "ssl.keystore.location": keystoreFile,
  "ssl.truststore.type": "PEM",
  "ssl.truststore.location": authorityFile,
  "ssl.enabled.protocols": "TLSv1.3",
  "listener.name.client.ssl.client.auth": "none",
  "listener.name.replication.ssl.client.auth": "required",
  "listener.name.controller.ssl.client.auth": "required",
  "sasl.enabled.mechanisms": MECHANISM,
  "listener.name.client.scram-sha-512.sasl.jaas.config":
    "org.apache.kafka.common.security.scram.ScramLoginModule required;",
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": `User:${ADMIN};User:${BROKER_PRINCIPAL}`,
  "allow.everyone.if.no.acl.found": false,
})

/** Certificates, users and settings of a secure data directory. @throws SetupProblem */
export const secureDirectory = async (dataDir: string, names: ReadonlyArray<string>): Promise<Security> => {
  const users = await ensureUsers(dataDir, names)
  const certificates = await issueCertificates(dataDir)
  return {
    properties: securityProperties(certificates),
    credentials: scramCredentials(users),
    users,
    authority: certificates.authority,
  }
}

/** What a client needs to connect as this user. */
export const clientOf = (security: Security, brokers: Array<string>, user: string): ClientSettings => {
  const password = security.users[user]
  if (password === undefined) throw new Error(`the cluster has no user ${user}`)
  return {
    brokers,
    ssl: { ca: [security.authority] },
    sasl: { mechanism: "scram-sha-512", username: user, password },
  }
}
