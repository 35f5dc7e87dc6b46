/** The management interface of RabbitMQ. */

import { Failure, http } from "servo-sdk";

/** More queues than this are no measurement any more. */
const QUEUES_MAX = 500;

const COLUMNS = [
  "name",
  "messages",
  "messages_ready",
  "messages_unacknowledged",
  "consumers",
  "memory",
  "message_stats.publish",
  "message_stats.deliver_get",
  "message_stats.ack",
  "message_stats.redeliver",
].join(",");

/** One broker and one of its virtual hosts. */
export class Broker {
  constructor({ url, vhost, queues }) {
    this.url = url;
    this.vhost = vhost;
    this.wanted = queues;
    this.at = encodeURIComponent(vhost);
  }

  /** Its version. */
  version() {
    const overview = this.#ask("GET", "/api/overview");
    if (typeof overview?.rabbitmq_version !== "string") {
      throw Failure.failed(`${this.url} does not answer like RabbitMQ; check \`url\``, "stranger");
    }
    return overview.rabbitmq_version;
  }

  /** The wanted queues with their numbers, and those of the broker, as of now. */
  sample() {
    const requests = [
      ["/api/overview", { columns: "object_totals,queue_totals" }],
      [`/api/queues/${this.at}`, { columns: COLUMNS }],
      ["/api/nodes", { columns: "mem_used,mem_alarm" }],
    ].map(([path, query]) => ({ url: this.url + path, query }));
    const [overview, queues, nodes] = http.fetchAll(requests).map((answer, index) => {
      if (answer instanceof Failure) {
        throw answer;
      }
      return this.#read(answer, requests[index].url);
    });
    const found = queues.filter(({ name }) => this.wanted.length === 0 || this.wanted.includes(name));
    if (found.length > QUEUES_MAX) {
      const message = `${found.length} queues in ${this.vhost} are more than ${QUEUES_MAX}; name the interesting ones in \`queues\``;
      throw Failure.failed(message, "too-many-queues");
    }
    return {
      queues: found,
      connections: overview.object_totals?.connections ?? 0,
      memory: nodes.reduce((sum, node) => sum + (node.mem_used ?? 0), 0),
    };
  }

  /** Every queue with the name and the definition of the policy that counts for it. */
  queuePolicies() {
    return this.#ask("GET", `/api/queues/${this.at}`, { query: { columns: "name,policy,effective_policy_definition" } });
  }

  /** A policy, or `undefined`. */
  policy(name) {
    return this.#ask("GET", `/api/policies/${this.at}/${encodeURIComponent(name)}`);
  }

  /** Makes the policy or changes it; keys of its definition that are not in `values` stay. */
  setPolicy({ name, pattern, priority }, values) {
    const before = this.policy(name);
    const json = { pattern, priority, "apply-to": "queues", ...before, definition: { ...before?.definition, ...values } };
    this.#ask("PUT", `/api/policies/${this.at}/${encodeURIComponent(name)}`, { json });
  }

  /** The alarms of all nodes, for people. */
  alarms() {
    const nodes = this.#ask("GET", "/api/nodes", { query: { columns: "name,running,mem_alarm,disk_free_alarm" } });
    return nodes.flatMap((node) => [
      ...(node.running === false ? [`${node.name} does not run`] : []),
      ...(node.mem_alarm ? [`${node.name} is short of memory`] : []),
      ...(node.disk_free_alarm ? [`${node.name} is short of disk space`] : []),
    ]);
  }

  #ask(method, path, options) {
    const url = this.url + path;
    return this.#read(http.fetch(method, url, options), url);
  }

  #read(answer, url) {
    if (answer.status === 401) {
      const message = `RabbitMQ does not accept the credentials for ${this.url}; grant a user that it knows`;
      throw Failure.failed(message, "credentials");
    }
    if (answer.status === 404 && /^\{"error":"Object Not Found"/.test(answer.text)) {
      return undefined;
    }
    if (answer.ok && answer.body.length === 0) {
      return undefined;
    }
    let said;
    try {
      said = answer.json();
    } catch {
      const message = `${url} does not answer like RabbitMQ (HTTP ${answer.status}: \`${answer.excerpt}\`); check \`url\``;
      throw Failure.failed(message, "stranger");
    }
    if (!answer.ok) {
      const why = String(said.reason ?? said.error ?? answer.excerpt).replace(/\s+/g, " ").trim();
      const fail = answer.status === 400 ? Failure.rejected : Failure.failed;
      throw fail(`RabbitMQ refuses ${url}: ${why}`, said.error);
    }
    return said;
  }
}
