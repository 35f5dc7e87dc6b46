// Runs without WebAssembly and without servo, with any C compiler:
//
//     cc -I.servo/sdk *.c tests/*.c .servo/sdk/*.c .servo/sdk/fake/*.c -lm -o .servo/test && .servo/test

#include <fake/servo_fake.h>

int main(void) {
    servo_fake_reset(NULL);
    servo_expect_text(servo_fake_configure("{\"value\": 100}"), NULL);
    servo_expect(servo_fake_configure("{\"value\": 101}") != NULL);
    servo_expect(servo_fake_configure("{}") != NULL);
    return servo_fake_result();
}
