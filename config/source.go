package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// document is the YAML file as a tree of maps, lists and strings, with the line of every
// key. Scalars stay as they were written: a telephone number is not an octal integer. It is
// a koanf.Parser.
type document struct {
	lines    map[string]int // key path → line
	problems Problems
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\n\s*)?line (\d+): (.*)$`)

// Unmarshal reads the file. What is wrong with it goes to problems, not into the error.
func (d *document) Unmarshal(content []byte) (map[string]any, error) {
	d.lines = map[string]int{}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var root yaml.Node
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
		return map[string]any{}, nil
	} else if err != nil {
		d.syntax(err)
		return map[string]any{}, nil
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		d.problems.add("", "holds more than one YAML document", "keep one, without --- between")
	}
	if root.Content[0].Kind == yaml.ScalarNode && root.Content[0].Tag == "!!null" {
		return map[string]any{}, nil
	}
	tree, ok := d.value(root.Content[0], "").(map[string]any)
	if !ok {
		d.problems.add("", "is not a YAML mapping", "begin with keys, such as issuer: https://login.example.co.jp")
		return map[string]any{}, nil
	}
	return tree, nil
}

// Marshal is not needed: configuration is read only.
func (d *document) Marshal(map[string]any) ([]byte, error) {
	return nil, errors.New("config: files are never written")
}

func (d *document) syntax(err error) {
	p := Problem{Wrong: err.Error(), Right: "write YAML: two spaces per level, a space after each colon"}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Wrong = "is not YAML: " + m[2]
	}
	d.problems = append(d.problems, p)
}

// value turns a node into map[string]any, []any, string or nil.
func (d *document) value(n *yaml.Node, path string) any {
	if path != "" {
		d.lines[path] = n.Line
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			inner := join(path, key.Value)
			if _, twice := out[key.Value]; twice {
				d.problems = append(d.problems, Problem{Key: inner, Line: key.Line,
					Wrong: fmt.Sprintf("is written a second time, first in line %d", d.lines[inner]), Right: "keep one"})
				continue
			}
			out[key.Value] = d.value(n.Content[i+1], inner)
			d.lines[inner] = key.Line
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for i, item := range n.Content {
			out = append(out, d.value(item, fmt.Sprintf("%s.%d", path, i)))
		}
		return out
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil
		}
		return n.Value
	default:
		d.problems = append(d.problems, Problem{Key: path, Line: n.Line, Wrong: "is a YAML alias", Right: "write the value itself"})
		return nil
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
