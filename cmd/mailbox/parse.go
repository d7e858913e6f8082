package mailbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// Mail is one mail as it is shown.
type Mail struct {
	ID         string
	At         time.Time // when it arrived here
	Recipients []string  // of the envelope
	From       string
	Subject    string
	Text       string
	HTML       string
	Raw        string
}

// read takes a mail apart as far as it can. What cannot be read is shown raw; a mail is
// never refused for its shape.
func read(raw []byte) Mail {
	m := Mail{Raw: string(raw)}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Text = m.Raw
		return m
	}
	words := new(mime.WordDecoder)
	m.Subject = decoded(words, parsed.Header.Get("Subject"))
	m.From = decoded(words, parsed.Header.Get("From"))
	m.part(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body, 0)
	return m
}

func decoded(words *mime.WordDecoder, s string) string {
	if out, err := words.DecodeHeader(s); err == nil {
		return out
	}
	return s
}

const maxDepth = 5 // of parts within parts

func (m *Mail) part(contentType, encoding string, body io.Reader, depth int) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") && depth < maxDepth {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return // the end, or what is left cannot be read
			}
			m.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1)
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, _ := io.ReadAll(body) // as much of it as is well-formed
	switch text := strings.ToValidUTF8(string(content), "\ufffd"); {
	case media == "text/plain" && m.Text == "":
		m.Text = text
	case media == "text/html" && m.HTML == "":
		m.HTML = text
	}
}
