package httpsafe

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// listening is a server with every bound set, and how to open a connection to it.
func listening(t *testing.T) func() net.Conn {
	t.Helper()
	log, _ := testLog()
	s := NewServer(hello, log)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

// IN-10: whatever a proxy in front may read differently is refused, or nothing after it is
// read from the same connection.
func TestSmuggledRequests(t *testing.T) {
	dial := listening(t)
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"length and chunks":      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200},
		"chunks and length":      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 44\r\n\r\n0\r\n\r\n", 200},
		"chunks alone":           {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 200},
		"two codings":            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
		"a coding twice":         {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 501},
		"a coding in disguise":   {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
		"a negative length":      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
		"a length with its sign": {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400},
		"a bare CR":              {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
		"two hosts":              {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"no host":                {"GET / HTTP/1.1\r\n\r\n", 400},
	} {
		t.Run("IN-10 "+name, func(t *testing.T) {
			conn := dial()
			fmt.Fprint(conn, c.request+smuggled)
			reader := bufio.NewReader(conn)
			answer, err := http.ReadResponse(reader, nil)
			if err != nil || answer.StatusCode != c.want {
				t.Fatalf("%v %v", answer, err)
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			if rest, _ := io.ReadAll(reader); len(rest) > 0 {
				t.Errorf("the connection goes on: %s", rest)
			}
		})
	}
}

// IN-05: a thousand connections that say nothing, or half a header, keep nobody waiting.
func TestIdleConnectionsBlockNobody(t *testing.T) {
	dial := listening(t)
	for i := range 1000 {
		conn := dial()
		if i%2 == 0 {
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
		}
	}
	conn := dial()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	raw, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(raw), "HTTP/1.1 200 ") {
		t.Errorf("IN-05: %v %s", err, raw)
	}
}
