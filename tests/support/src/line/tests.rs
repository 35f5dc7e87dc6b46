use super::*;
use crate::{Reply, Scripted, Server as _, http};

#[test]
fn it_carries_and_is_cut_and_carries_again() {
    let server = Scripted::start(|_| Reply::text(200, "here"));
    let line = Line::to(&server.address().to_string());
    let url = format!("http://{}", line.address());
    assert_eq!(http::get(&url).unwrap().text(), "here");
    line.set(Weather::Cut);
    assert!(http::get(&url).is_err());
    line.set(Weather::Slow(Duration::from_millis(1)));
    assert_eq!(http::get(&url).unwrap().text(), "here");
    line.set(Weather::Silent);
    let silent = TcpStream::connect(line.address()).unwrap();
    silent.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    (&silent).write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!((&silent).read(&mut [0; 10]).is_err(), "nothing comes");
    line.set(Weather::Fair);
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert!((&silent).read(&mut [0; 10]).unwrap() > 0, "it goes on");
}
