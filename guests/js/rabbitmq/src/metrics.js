/** What is measured, and how it follows from the samples. */

const MIB = 1024 * 1024;

/** A number of a queue. */
const gauge = (name, unit, value) => ({ name, unit, of: "queue", value: (now) => value(now) });

/** So many a second, from a counter that begins to exist with the first message. */
function rate(name, counter) {
  const value = (now, before, seconds) => {
    if (before === undefined || seconds <= 0) {
      return undefined;
    }
    const grown = (now.message_stats?.[counter] ?? 0) - (before.message_stats?.[counter] ?? 0);
    // A counter that shrinks belongs to a queue that was made anew.
    return grown < 0 ? undefined : grown / seconds;
  };
  return { name, unit: "rps", of: "queue", value };
}

/** In the order in which people should see them. */
export const METRICS = [
  gauge("rabbitmq_messages", "messages", (queue) => queue.messages),
  gauge("rabbitmq_ready", "messages", (queue) => queue.messages_ready),
  gauge("rabbitmq_unacknowledged", "messages", (queue) => queue.messages_unacknowledged),
  gauge("rabbitmq_consumers", "", (queue) => queue.consumers),
  rate("rabbitmq_published", "publish"),
  rate("rabbitmq_delivered", "deliver_get"),
  rate("rabbitmq_acknowledged", "ack"),
  rate("rabbitmq_redelivered", "redeliver"),
  { name: "rabbitmq_connections", unit: "", of: "broker", value: (now) => now.connections },
  { name: "rabbitmq_memory", unit: "MiB", of: "broker", value: (now) => now.memory / MIB },
];

/** The series of one measurement. */
export class Run {
  #wanted;
  #before;
  #series = new Map();

  constructor(wanted) {
    this.#wanted = wanted;
  }

  /** Adds what a sample says. */
  take(at, sample) {
    const queues = new Map(sample.queues.map((queue) => [queue.name, queue]));
    const seconds = this.#before === undefined ? 0 : at - this.#before.at;
    for (const metric of this.#wanted) {
      if (metric.of === "broker") {
        this.#add(metric.name, undefined, at, metric.value(sample));
        continue;
      }
      for (const [name, queue] of queues) {
        this.#add(metric.name, `{queue=${name}}`, at, metric.value(queue, this.#before?.queues.get(name), seconds));
      }
    }
    this.#before = { at, queues };
  }

  /** What was seen. */
  readings() {
    const order = this.#wanted.map(({ name }) => name);
    return [...this.#series.values()].sort((one, other) => order.indexOf(one.metric) - order.indexOf(other.metric));
  }

  #add(metric, id, at, value) {
    if (value === undefined) {
      return;
    }
    const key = `${metric}${id ?? ""}`;
    if (!this.#series.has(key)) {
      this.#series.set(key, { metric, id, times: [], values: [] });
    }
    const { times, values } = this.#series.get(key);
    times.push(at);
    values.push(value);
  }
}
