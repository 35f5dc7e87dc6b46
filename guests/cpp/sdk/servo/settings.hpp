// The settings of a connector: each is bound to a variable, and described by what follows its name.

#pragma once

#include <deque>

#include "contract.hpp"

struct servo_field;

namespace servo {

class Settings {
  public:
    // A setting that is being described. Without a fallback it is required.
    class Field {
      public:
        Field &doc(std::string text);
        // As JSON.
        Field &fallback(std::string json);
        // As JSON; without one it is left out of the example.
        Field &example(std::string json);
        // The smallest and largest number; of durations in milliseconds.
        Field &between(double min, double max);
        // The texts that are allowed.
        Field &choices(std::vector<std::string> texts);

      private:
        friend class Settings;
        std::string name_, doc_;
        std::optional<std::string> fallback_, example_;
        double min_ = 0, max_ = 0;
        std::vector<std::string> choices_;
        std::vector<const char *> choice_texts_;
        int kind_ = 0;
        // Where the C library puts the value, and where it goes from there.
        const char *text_ = nullptr;
        double number_ = 0;
        bool boolean_ = false;
        std::uint32_t milliseconds_ = 0;
        std::function<void(const Field &)> store_;
    };

    Field &text(std::string name, std::string &into);
    // An `http` or `https` URL, without slashes at its end. The origin that the operator types is granted.
    Field &endpoint(std::string name, std::string &into);
    Field &number(std::string name, double &into);
    // A number without fraction.
    Field &integer(std::string name, int &into);
    Field &boolean(std::string name, bool &into);
    // `1m30s`, `300ms`, or a number of seconds.
    Field &duration(std::string name, Milliseconds &into);

    // The table of the C library; it points into these settings.
    const ::servo_field *table();
    // Puts what was read into the bound variables.
    void store() const;

  private:
    Field &add(std::string name, int kind, std::function<void(const Field &)> store);

    std::deque<Field> fields_; // never moves its items
};

} // namespace servo
