/** The HTTP interface of InfluxDB 1.x. */

import { Failure, http } from "servo-sdk";

import { read, type Stats } from "./stats.js";

/** One InfluxDB. */
export class Server {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Its version. */
  version(): string {
    const answer = http.get(`${this.url}/ping`);
    const version = answer.header("x-influxdb-version");
    if (version === undefined) {
      throw this.#stranger(answer);
    }
    return version;
  }

  /** What it says about itself now. */
  stats(): Stats {
    const answer = http.get(`${this.url}/debug/vars`);
    if (answer.status === 401) {
      throw this.#unauthorized();
    }
    const stats = answer.ok ? read(parsed(answer)) : undefined;
    if (stats === undefined) {
      throw this.#stranger(answer);
    }
    return stats;
  }

  /** The names of its databases, as a query sees them. */
  databases(): string[] {
    const answer = http.post(`${this.url}/query`, { query: { q: "SHOW DATABASES" } });
    if (answer.status === 401) {
      throw this.#unauthorized();
    }
    const said = parsed(answer) as Answer | undefined;
    const failure = said?.error ?? said?.results?.[0]?.error;
    if (failure !== undefined) {
      throw Failure.failed(`InfluxDB refuses to list its databases: ${failure}`, "refused");
    }
    const rows = said?.results?.[0]?.series?.[0]?.values;
    if (!Array.isArray(rows)) {
      throw this.#stranger(answer);
    }
    return rows.map((row) => String(row[0]));
  }

  #unauthorized(): Failure {
    return Failure.failed(`InfluxDB does not accept the credentials for ${this.url}; grant a user that it knows`, "credentials");
  }

  #stranger(answer: http.Response): Failure {
    const what = `HTTP ${answer.status}: \`${answer.excerpt}\``;
    return Failure.failed(`${this.url} does not answer like InfluxDB 1.x (${what}); check \`url\``, "stranger");
  }
}

interface Answer {
  error?: string;
  results?: { error?: string; series?: { values?: unknown[][] }[] }[];
}

function parsed(answer: http.Response): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}
