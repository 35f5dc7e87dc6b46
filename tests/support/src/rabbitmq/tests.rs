use super::*;

#[test]
fn it_keeps_the_messages_of_a_queue() {
    let rabbitmq = RabbitMq::start();
    rabbitmq.api("PUT", "/api/queues/%2F/work", "{}");
    rabbitmq.publish("work", 2);
    let body = "{\"count\": 5, \"ackmode\": \"ack_requeue_false\", \"encoding\": \"auto\"}";
    let got = rabbitmq.api("POST", "/api/queues/%2F/work/get", body);
    assert_eq!(got.matches("\"payload\":\"x\"").count(), 2, "{got}");
}
