package config

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// Presets by name. Each but the first is a document in the form of the firm's own file; it
// holds what differs from the defaults and stands between them and that file.
var presets = []string{PresetDefault, "reference-a", "reference-b", "reference-d"}

// PresetDefault changes nothing.
const PresetDefault = "default"

//go:embed presets/*.yaml
var presetFiles embed.FS

// Presets are the names that preset may have.
func Presets() []string { return slices.Clone(presets) }

// presetTree is the document of a preset; nil for the one that changes nothing.
func presetTree(name string) (map[string]any, error) {
	if name == PresetDefault {
		return nil, nil
	}
	content, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("preset %s: %w", name, err)
	}
	doc := new(document)
	tree, err := doc.Unmarshal(content)
	if err != nil {
		return nil, fmt.Errorf("preset %s: %w", name, err)
	}
	return tree, doc.problems.err()
}

// preset merges what the preset says that the environment, or else the file, names. A name
// that no preset has is reported where the key itself is checked.
func (l *loading) preset(file map[string]any) {
	name, _ := file["preset"].(string)
	if chosen, ok := l.environ[envPrefix+"PRESET"]; ok {
		name = chosen
	}
	if name = strings.TrimSpace(name); !slices.Contains(presets, name) {
		return
	}
	tree, err := presetTree(name)
	if err != nil {
		l.problems.add("preset", err.Error(), "")
		return
	}
	if tree != nil {
		l.problems = append(l.problems, l.checked(tree)...)
	}
}
