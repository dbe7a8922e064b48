/** How many processes are members of consumer groups, as their coordinators say. Takes no part in them. */
import type { Kafka } from "kafkajs"

/**
 * @param groups group ids as the brokers know them
 * @returns by group id; 0 for a group that nobody is in, or that never was
 * @throws what the brokers say, for example that the principal may not describe a group
 */
export const membersOf = async (kafka: Kafka, groups: ReadonlyArray<string>): Promise<ReadonlyMap<string, number>> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { groups: found } = await admin.describeGroups([...groups])
    return new Map(found.map(({ groupId, members }) => [groupId, members.length]))
  } finally {
    await admin.disconnect()
  }
}
