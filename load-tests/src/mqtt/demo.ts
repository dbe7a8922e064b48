/** `npm run demo:mqtt`: the demonstration on mosquitto. */
import { demoOn } from "../carrier/program.ts"
import { runProgram } from "../command.ts"
import { runMqttDemo } from "./run-demo.ts"

await runProgram(
  demoOn(
    "demo:mqtt",
    "an MQTT broker",
    `Starts mosquitto with the ACL of an adapter, a node and an adapter as processes. Each device has a topic of its own and signs what it
says; the attacker is a client of the broker, and holds no key but that of its own device.`,
    runMqttDemo,
  ),
)
