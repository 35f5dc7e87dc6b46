//! `servo optimizer`: real servers, servos that are played by the test and real ones, kill -9 on either side.

mod crashes;
mod dice;
mod example;
mod lab;
mod operating;
mod pair;
mod serving;
