package explain

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"go.yaml.in/yaml/v3"
)

//go:embed texts.*.yaml
var textFiles embed.FS

// Languages are those in which a configuration can be explained.
var Languages = []string{"ja", "en"}

// texts are the templates of one language by "topic.name".
type texts map[string]*template.Template

// languages reads the texts once. They are part of the program: one that cannot be read is
// a programming error.
var languages = sync.OnceValue(func() map[string]texts {
	out := map[string]texts{}
	for _, lang := range Languages {
		content, err := textFiles.ReadFile("texts." + lang + ".yaml")
		if err != nil {
			panic(err)
		}
		if out[lang], err = readTexts(content); err != nil {
			panic(fmt.Errorf("texts.%s.yaml: %w", lang, err))
		}
	}
	return out
})

func readTexts(content []byte) (texts, error) {
	var written map[string]map[string]string
	if err := yaml.Unmarshal(content, &written); err != nil {
		return nil, err
	}
	out := texts{}
	for topic, names := range written {
		for name, text := range names {
			id := topic + "." + name
			t, err := template.New(id).Option("missingkey=error").Funcs(template.FuncMap{"plural": plural}).Parse(text)
			if err != nil {
				return nil, err
			}
			out[id] = t
		}
	}
	return out, nil
}

func plural(n int, one, other string) string {
	if n == 1 {
		return one
	}
	return other
}

func (x texts) say(id string, args ...any) (string, error) {
	t, ok := x[id]
	if !ok {
		return "", fmt.Errorf("no text %s", id)
	}
	values := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	var b strings.Builder
	if err := t.Execute(&b, values); err != nil {
		return "", err
	}
	return b.String(), nil
}
