/** Settings of what takes decisions out of a node. */
import { text } from "../setting.ts"

export const EGRESS = {
  sinks: text({
    key: "ASSAY_SINKS",
    part: "egress",
    form: "`NAME=file:PATH` or `NAME=file:PATH;outcome+outcome`, comma-separated",
    empty: true,
    fallback: "",
    about: "Where decisions are written as lines of JSON, beside judging, each by a consumer group of its own",
    more: "A name is lower-case letters, digits and `-`. All outcomes where none is named. A sink that fails is tried again and holds up no stage",
  }),
} as const
