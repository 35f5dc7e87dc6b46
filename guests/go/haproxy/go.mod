module servo.dev/connectors/haproxy

go 1.25

require servo.dev/sdk v0.0.0

replace servo.dev/sdk => ./.servo/sdk
