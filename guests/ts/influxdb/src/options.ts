/** The settings. */

import { duration, endpoint, list, number, Problems, type Read, settings, text } from "servo-sdk";

const FIELDS = {
  url: endpoint("Where InfluxDB 1.x listens, for example `http://influxdb:8086`."),
  databases: list("Only these databases; all of them when there are none.", text("Name of a database."), { default: [] }),
  interval: duration("Distance between the samples, at least 200ms.", { default: "1s" }),
  series_max: number("More series than this in one database fail the check `series`: each one costs memory.", {
    default: 1_000_000,
    exclusiveMinimum: 0,
  }),
};

export const SETTINGS = settings(FIELDS);
export type Options = Read<typeof FIELDS>;

export const EXAMPLE = { url: "http://influxdb:8086", interval: "1s" };

/** Throws what neither the schema nor reading can see. */
export function check(options: Options): void {
  if (options.interval < 200) {
    throw new Problems([{ pointer: "/interval", text: "shorter than 200ms; InfluxDB would be busy with being measured" }]);
  }
}
