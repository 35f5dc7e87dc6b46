module servo.dev/sdk

go 1.25
