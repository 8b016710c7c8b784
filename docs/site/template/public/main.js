// A block of commands without a language is not coloured by guessing one.
export default { configureHljs: hljs => hljs.configure({ languages: [] }) };
