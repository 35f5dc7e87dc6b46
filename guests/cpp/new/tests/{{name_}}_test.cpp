// Runs without WebAssembly and without servo, with any compiler for C++23; the SDK of C below it is compiled first:
//
//     (cd .servo && cc -c -Isdk sdk/*.c sdk/fake/*.c)
//     c++ -std=c++23 -I.servo/sdk *.cpp tests/*.cpp .servo/sdk/*.cpp .servo/*.o -lm -o .servo/test && .servo/test

#include <fake/servo_fake.h>

int main() {
    servo_fake_reset(nullptr);
    servo_expect_text(servo_fake_configure(R"({"value": 100})"), nullptr);
    servo_expect(servo_fake_configure(R"({"value": 101})") != nullptr);
    servo_expect(servo_fake_configure("{}") != nullptr);
    return servo_fake_result();
}
