package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"sekisho/idp/httpsafe"
)

// ErrFile: nothing of the file can be imported; the text says why and what would be right.
var ErrFile = errors.New("the file cannot be imported")

// maxLine bounds one row, in bytes: every column at its longest fits.
const maxLine = 64 << 10

// record is one row as text, before anybody judged it.
type record struct {
	line   int
	raw    string   // the line itself, for the rejects; cut when it is too long
	fields []string // CSV only: the fields as they stand
	values []string // by column
}

// source is a file being read, line by line. A line is a row: no field holds a line break,
// so that one lost quotation mark costs one row and not the rest of the file.
type source struct {
	in     *bufio.Reader
	line   int
	read   int64
	header []int    // CSV: the column of each field, -1 for the ignored one; nil for JSON lines
	names  []string // CSV: the header as it stands
}

// newSource reads the beginning: '{' begins JSON lines, anything else is a CSV header.
func newSource(r io.Reader) (*source, error) {
	s := &source{in: bufio.NewReaderSize(r, maxLine)}
	if mark, _ := s.in.Peek(3); string(mark) == "\ufeff" {
		s.in.Discard(3)
	}
	if first, _ := s.in.Peek(1); string(first) == "{" {
		return s, nil
	}
	first, long, err := s.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: it is empty; write a header row of column names, or one JSON object a line", ErrFile)
	case err != nil:
		return nil, err
	case long || !utf8.ValidString(first):
		return nil, fmt.Errorf("%w: the header is not UTF-8 text; convert the file to UTF-8 first", ErrFile)
	}
	return s, s.readHeader(first)
}

func (s *source) readHeader(line string) error {
	fields, err := splitCSV(line)
	if err != nil {
		return fmt.Errorf("%w: the header: %v", ErrFile, err)
	}
	for _, name := range fields {
		name = strings.TrimSpace(name)
		n := column(name)
		if n < 0 && name != ignored {
			return fmt.Errorf("%w: column %.40q is not known; the columns are %s", ErrFile, name, names())
		}
		if slices.Contains(s.names, name) {
			return fmt.Errorf("%w: column %s stands twice in the header", ErrFile, name)
		}
		s.header, s.names = append(s.header, n), append(s.names, name)
	}
	for n, c := range columns {
		if c.Required && !slices.Contains(s.header, n) {
			return fmt.Errorf("%w: the header has no column %s", ErrFile, c.Name)
		}
	}
	return nil
}

// next returns the next line without its end, whatever ends it; long is true when it was
// too long and the rest of it is gone.
func (s *source) next() (text string, long bool, err error) {
	line, err := s.in.ReadSlice('\n')
	s.read += int64(len(line))
	if len(line) == 0 && err != nil {
		return "", false, err
	}
	s.line++
	text = string(bytes.TrimRight(line, "\r\n"))
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		line, err = s.in.ReadSlice('\n')
		s.read += int64(len(line))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	return text, long, nil
}

// row returns the next row. A row that is no row has mistakes; io.EOF ends them.
func (s *source) row() (record, []Mistake, error) {
	for {
		text, long, err := s.next()
		if err != nil {
			return record{}, nil, err
		}
		r := record{line: s.line, raw: text, values: make([]string, len(columns))}
		bad := func(wrong, right string) (record, []Mistake, error) {
			return r, []Mistake{{Line: r.line, Wrong: wrong, Right: right}}, nil
		}
		switch {
		case strings.TrimSpace(text) == "":
			continue
		case long:
			r.raw = text[:1024]
			return bad(fmt.Sprintf("longer than %d bytes", maxLine), "one customer on one line")
		case !utf8.ValidString(text):
			r.raw = strings.ToValidUTF8(text, "\ufffd")
			return bad("not UTF-8", "the row in UTF-8")
		case s.header == nil:
			return r, r.readJSON(), nil
		}
		if r.fields, err = splitCSV(text); err != nil {
			return bad(err.Error(), "fields in quotation marks, each mark inside doubled, no line break")
		}
		if len(r.fields) != len(s.header) {
			wrong := fmt.Sprintf("%d fields", len(r.fields))
			r.fields = nil
			return bad(wrong, fmt.Sprintf("%d fields, as the header has", len(s.header)))
		}
		for i, n := range s.header {
			if n >= 0 {
				r.values[n] = r.fields[i]
			}
		}
		return r, nil, nil
	}
}

var errQuotes = errors.New("quotation marks do not match on this line")

// splitCSV splits one line by RFC 4180 section 2.
func splitCSV(line string) ([]string, error) {
	var fields []string
	for {
		if !strings.HasPrefix(line, `"`) {
			field, rest, more := strings.Cut(line, ",")
			if strings.Contains(field, `"`) {
				return nil, errQuotes
			}
			if fields = append(fields, field); !more {
				return fields, nil
			}
			line = rest
			continue
		}
		end := 1
		for {
			i := strings.IndexByte(line[end:], '"')
			if i < 0 {
				return nil, errQuotes
			}
			if end += i + 1; end >= len(line) || line[end] != '"' {
				break
			}
			end++
		}
		fields = append(fields, strings.ReplaceAll(line[1:end-1], `""`, `"`))
		if end == len(line) {
			return fields, nil
		}
		if line[end] != ',' {
			return nil, errQuotes
		}
		line = line[end+1:]
	}
}

// readJSON reads one object. Texts are strings; a flag may be true, false or a string, and
// permissions a list. Nothing is a number: a number loses the zeros it begins with.
func (r *record) readJSON() []Mistake {
	var members map[string]json.RawMessage
	if httpsafe.StrictJSON([]byte(r.raw)) != nil || json.Unmarshal([]byte(r.raw), &members) != nil {
		return []Mistake{{Line: r.line, Wrong: "not one JSON object, or a member stands twice", Right: "one JSON object on one line"}}
	}
	var mistakes []Mistake
	for name, value := range members {
		n := column(name)
		var one string
		var many []string
		switch {
		case name == ignored:
		case n < 0:
			mistakes = append(mistakes, Mistake{r.line, fmt.Sprintf("%.40q", name), "not known", "one of " + names()})
		case string(value) == "true", string(value) == "false":
			r.values[n] = string(value)
		case name == "permissions" && json.Unmarshal(value, &many) == nil:
			r.values[n] = strings.Join(many, " ")
		case json.Unmarshal(value, &one) == nil: // null is the empty string
			r.values[n] = one
		default:
			mistakes = append(mistakes, Mistake{r.line, name, "not a string", "a JSON string"})
		}
	}
	slices.SortFunc(mistakes, func(a, b Mistake) int { return strings.Compare(a.Column, b.Column) })
	return mistakes
}
