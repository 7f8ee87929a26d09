"""The Jupyter project's own tests of a kernel, with every attribute set."""

import jupyter_kernel_test

from session import KERNEL


class TestWarren(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'fmt.Println("hello, world")'
    code_stderr = 'fmt.Fprintln(os.Stderr, "oops")'
    code_page_something = "?fmt.Println"
    code_generate_error = 'panic("on purpose")'
    code_clear_output = "display.Clear()"
    code_inspect_sample = "fmt.Println"

    completion_samples = [
        {"text": "strings.ToUpperS", "matches": {"ToUpperSpecial"}},
        {"text": "math.MaxInt3", "matches": {"MaxInt32"}},
    ]
    complete_code_samples = [
        "x := 1",
        "for i := range 3 {\n\tfmt.Println(i)\n}",
        "func f() int { return 1 }",
        "6 * 7",
        "%time 6 * 7",
    ]
    incomplete_code_samples = ["for i := range 3 {", "func f(", "x := []int{1,", "var s = `one\ntwo", "/* a comment"]
    invalid_code_samples = ["x := )", "func func", "} else {"]

    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "12345 * 2", "result": "24690"},
        {"code": "[]int{1, 4, 9}", "result": "[1 4 9]"},
    ]
    code_display_data = [
        {"code": 'display.Display(display.HTML("<b>bold</b>"))', "mime": "text/html"},
        {"code": 'display.Display(display.Markdown("*slanted*"))', "mime": "text/markdown"},
        {"code": 'Display(display.Latex("$x^2$"))', "mime": "text/latex"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "12345*"


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True

