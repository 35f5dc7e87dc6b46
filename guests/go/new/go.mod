module {{name_}}

go 1.25

require servo.dev/sdk v0.0.0

// `servo build` writes it there.
replace servo.dev/sdk => ./.servo/sdk
